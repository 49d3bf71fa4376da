"""What is done with paper: printed, composed of templates, signed."""

from documents.services.printing import document_print, html_render, own_file, pdf_render

__all__ = ["document_print", "html_render", "own_file", "pdf_render"]
