"""The calendar's part of the API: appointments, shifts, blocks, free slots, holds, the waiting list."""
