"""Words for columns and facts that the audit shows and whose models give them no name of their own."""

from typing import Any

from django.utils.translation import gettext_lazy as _

# By the name that Django makes of a column; a fact of the audit is called alike.
WORDS: dict[str, Any] = {
    "after": _("is now"), "amount": _("amount"), "approved by": _("approved by"), "article": _("article"),
    "before": _("was"), "cancel then": _("after the cancellation"), "chair": _("chair"),
    "close reason": _("reason of closing"), "closed at": _("closed"), "closed by": _("closed by"), "code": _("code"),
    "count": _("how many"), "counted": _("counted"), "created at": _("created"), "created by": _("created by"),
    "created": _("created"), "custom": _("own fields"), "date joined": _("account made"), "day": _("day"),
    "deleted at": _("deleted"), "diagnosis": _("diagnosis"), "difference": _("difference"),
    "directory": _("directory"), "doctor": _("doctor"), "document id": _("document"), "due": _("left to pay"),
    "erased at": _("erased"), "expected": _("by the book"), "family": _("family"), "fields": _("fields"),
    "file": _("file"), "first": _("first day"), "has own price": _("own price"), "holds plan line": _("line of the plan"),
    "hours": _("hours"), "invoice": _("invoice"), "is built in": _("built in"), "is mistake": _("booked by mistake"),
    "is overbooked": _("over another appointment"), "is prepared": _("made ready by the visit"),
    "keeps balance": _("keeps a balance"), "kind": _("kind"),
    "kind why": _("why this type"), "last": _("last day"), "line": _("line"), "mark": _("mark"),
    "merged into": _("merged into"), "method": _("way of payment"), "methods": _("ways of payment"),
    "moves": _("how often moved"), "name": _("name"), "names": _("names"), "never negative": _("never below zero"),
    "new": _("is now"), "note": _("note"), "number": _("number"), "old": _("was"), "on": _("switched on"),
    "opening": _("at the opening"), "overbook reason": _("why over another appointment"), "partner id": _("partner"),
    "patient": _("patient"), "patients": _("patients"), "payer": _("payer"), "permissions": _("rights"),
    "phases": _("phases"), "phone": _("phone"), "plan": _("treatment plan"), "plan line": _("line of the plan"),
    "purpose": _("purpose"), "reason": _("reason"), "recorded at": _("recorded"), "recorded by": _("recorded by"),
    "refund": _("refund"), "result": _("result"), "returned": _("returned"), "revoke reason": _("reason of the revocation"),
    "revoked on": _("revoked"), "right": _("right"), "rolled back at": _("rolled back"),
    "rolled back by": _("rolled back by"), "rolled back on": _("rolled back on"), "rule": _("rule"),
    "search digits": _("digits of phones"), "series": _("series of visits"), "services": _("services"),
    "shift": _("shift"), "side": _("side of the account"), "signer name": _("who signed"), "skipped": _("skipped"),
    "source kind": _("how it was booked"), "start from": _("since"), "state since": _("in this state since"),
    "status since": _("has the status since"), "status why": _("why this status"), "subject id": _("whose"),
    "text": _("text"), "then": _("afterwards"), "title": _("title"), "tone": _("colour"), "until": _("until"),
    "visits": _("visits"), "when": _("when"), "where": _("where"),
    "actor": _("by"), "approval": _("approval"), "asked": _("chosen"), "asked at": _("asked"),
    "asked by": _("asked by"), "asked discounts": _("chosen promotions"), "asked payer": _("chosen payer"),
    "at": _("when"), "beneficiary": _("beneficiary"), "branch": _("branch"), "branches": _("branches"),
    "by": _("by"), "categories": _("categories"), "columns": _("columns"), "contract": _("contract"),
    "covered": _("covered service"), "data": _("data"), "decided at": _("decided"), "decided by": _("decided by"),
    "desk": _("cash desk"), "discount": _("discount"), "discount parts": _("parts of the discount"),
    "ended at": _("ended"), "ended by": _("ended by"), "foot": _("foot"),
    "franchise used": _("used of the franchise"), "groups": _("groups"), "has own discount": _("own discount"),
    "head": _("head"), "insurer": _("insurer"), "is current": _("in force"), "is open": _("open"),
    "legal entity": _("legal entity"), "limit": _("limit"), "made by": _("made by"), "part": _("part"),
    "payment": _("payment"), "phase gaps": _("rest between phases"), "plan line id": _("line of the plan"),
    "policy": _("policy"), "programme": _("programme"), "purse": _("limit"), "reasons": _("why so"),
    "refused": _("refused"), "register": _("register"), "reverses": _("cancels"), "sent by": _("sent by"),
    "set by id": _("set by"), "settlement": _("payer's payment"), "share": _("share"), "status": _("status"),
    "verified by": _("verified by"), "weekdays": _("weekdays"),
    "agreed by": _("agreed by"), "paper": _("paper"), "ask at": _("asked again"),
    "asks": _("how often asked"), "claim": _("who is sending it"),
    "expires at": _("valid until"), "facts": _("facts"), "is cancelled": _("cancelled"), "issue": _("attempt"),
    "key": _("key"), "lease until": _("being sent until"), "made at": _("made"), "nonce": _("secret part"),
    "opened at": _("opened"), "payer key": _("payer"), "revoked at": _("taken back"), "sealed": _("sealed keys"),
}  # fmt: skip


def column_word(column: Any) -> Any:
    """What a model calls its column; where it calls it nothing, our word."""
    automatic = column.name.replace("_", " ")
    return WORDS.get(automatic, column.verbose_name) if column.verbose_name == automatic else column.verbose_name
