"""One view that somebody forgot to mark; used by test_access only."""

from django.http import HttpResponse
from django.urls import path

from config.urls import urlpatterns as real


def unmarked(request):
    return HttpResponse("secret")


urlpatterns = [path("unmarked/", unmarked), *real]
