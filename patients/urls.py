"""Addresses of cards."""

from django.urls import path

from core.directory import directory_pages
from core.screens import pages
from patients.directories import ALL
from patients.listings import DuplicateListing, PatientListing
from patients.views import arrival, cards, facts, feed, handing, history, importing, merging, messages, papers, records

app_name = "patients"
urlpatterns = [
    *pages(PatientListing),
    *pages(DuplicateListing, prefix="patients/"),
    path("patients/duplicates/find/", merging.duplicates_find, name="duplicates-find"),
    path("patients/duplicates/<int:pk>/dismiss/", merging.duplicate_dismiss, name="duplicate-dismiss"),
    path("patients/<int:pk>/merge/", merging.merge, name="merge"),
    path("patients/<int:pk>/unmerge/", merging.unmerge, name="unmerge"),
    *directory_pages(*ALL),
    path("patients/new/", cards.new, name="new"),
    path("patients/import/", importing.imports, name="imports"),
    path("patients/import/<int:pk>/", importing.batch, name="import"),
    path("patients/import/<int:pk>/check/", importing.check, name="import-check"),
    path("patients/import/<int:pk>/run/", importing.run, name="import-run"),
    path("patients/import/<int:pk>/undo/", importing.undo, name="import-undo"),
    path("patients/import/<int:pk>/errors.csv", importing.errors_file, name="import-errors"),
    path("patients/similar/", cards.similar, name="similar"),
    path("patients/pick/", cards.pick, name="pick"),
    path("patients/<int:pk>/", cards.card, name="card"),
    path("patients/<int:pk>/info/", cards.info, name="info"),
    path("patients/<int:pk>/arrival/", arrival.arrival, name="arrival"),
    path("patients/<int:pk>/pictures/", arrival.picture, name="picture"),
    path("patients/<int:pk>/feed/", feed.feed, name="feed"),
    path("patients/<int:pk>/fact/<str:key>/", facts.fact, name="fact"),
    path("patients/<int:pk>/pin/", cards.pin, name="pin"),
    path("patients/<int:pk>/activate/", cards.activate, name="activate"),
    path("patients/<int:pk>/trash/", cards.trash, name="trash"),
    path("patients/<int:pk>/data/", handing.data, name="data"),
    path("patients/<int:pk>/erase/", handing.erase, name="erase"),
    path("patients/<int:pk>/messages/", messages.messages, name="messages"),
    path("patients/<int:pk>/messages/channels/", messages.channels, name="channels"),
    path("patients/<int:pk>/messages/bot/", messages.bot, name="bot"),
    path("patients/<int:pk>/messages/<int:address>/unlink/", messages.address_end, name="address-end"),
    path("patients/<int:pk>/papers/", papers.tab, name="papers"),
    path("patients/<int:pk>/papers/new/", papers.new, name="paper-new"),
    path("patients/<int:pk>/papers/<int:row>/paper.pdf", papers.pdf, name="paper-pdf"),
    path("patients/<int:pk>/papers/<int:row>/signed/", papers.signed, name="paper-signed"),
    path("patients/<int:pk>/papers/<int:row>/link/", papers.link, name="paper-link"),
    path("patients/<int:pk>/papers/<int:row>/link/revoke/", papers.link_end, name="paper-link-revoke"),
    path("patients/<int:pk>/history/", history.history, name="history"),
    path("patients/<int:pk>/changes/", history.changes, name="changes"),
    path("patients/<int:pk>/readers/", history.readers, name="readers"),
    path("patients/<int:pk>/family/new/", records.family_new, name="family-new"),
    path("patients/<int:pk>/family/join/", records.family_join, name="family-join"),
    path("patients/<int:pk>/family/edit/", records.family_edit, name="family-edit"),
    path("patients/<int:pk>/family/leave/", records.family_leave, name="family-leave"),
    path("patients/<int:pk>/representatives/new/", records.representative_new, name="representative-new"),
    path("patients/<int:pk>/representatives/<int:row>/", records.representative_edit, name="representative-edit"),
    path(
        "patients/<int:pk>/representatives/<int:row>/remove/",
        records.representative_remove,
        name="representative-remove",
    ),
    path("patients/<int:pk>/alerts/new/", records.alert_new, name="alert-new"),
    path("patients/<int:pk>/alerts/<int:row>/", records.alert_edit, name="alert-edit"),
    path("patients/<int:pk>/alerts/<int:row>/close/", records.alert_close, name="alert-close"),
    path("patients/<int:pk>/alerts/<int:row>/reopen/", records.alert_reopen, name="alert-reopen"),
    path("patients/<int:pk>/alerts/<int:row>/seen/", records.alert_acknowledge, name="alert-acknowledge"),
    path("patients/<int:pk>/consents/new/", records.consent_new, name="consent-new"),
    path("patients/<int:pk>/consents/<int:row>/revoke/", records.consent_revoke, name="consent-revoke"),
    path("patients/<int:pk>/consents/<int:row>/undo/", records.consent_revoke_undo, name="consent-revoke-undo"),
]
