"""Copies that are kept, templates with their versions, papers made of them, signatures."""

from documents.models.copies import Document
from documents.models.papers import Paper, Signature, SignLink
from documents.models.templates import CONSENT_OF, Kind, Template, TemplateVersion

__all__ = ["CONSENT_OF", "Document", "Kind", "Paper", "SignLink", "Signature", "Template", "TemplateVersion"]
