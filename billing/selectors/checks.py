"""What of billing's own figures must agree with itself and with the book; recounted by `ledger_check` (BIL-35)."""

from django.db import connection

QUESTIONS = {
    "invoice {} is not the sum of its lines": """
        SELECT invoice.id FROM billing_invoice invoice
        LEFT JOIN billing_invoiceline line ON line.invoice_id = invoice.id
        GROUP BY invoice.id HAVING invoice.total <> coalesce(sum(line.sum), 0)""",
    "line {} is not divided among payers without a rest": """
        SELECT line.id FROM billing_invoiceline line LEFT JOIN billing_share share ON share.line_id = line.id
        GROUP BY line.id HAVING line.sum <> coalesce(sum(share.amount), 0)""",
    "what is paid of share {} is not the sum of its payments": """
        SELECT share.id FROM billing_share share LEFT JOIN billing_paymentpart part ON part.share_id = share.id
        GROUP BY share.id HAVING share.paid <> coalesce(sum(part.amount), 0)""",
    "paid and due of invoice {} do not follow from its shares": """
        SELECT invoice.id FROM billing_invoice invoice JOIN billing_share share ON share.invoice_id = invoice.id
        GROUP BY invoice.id HAVING invoice.paid <> sum(share.paid) OR invoice.due <> CASE invoice.status
            WHEN 'rolled_back' THEN 0
            ELSE coalesce(sum(share.amount - share.paid) FILTER (WHERE share.kind = 'patient'), 0) END""",
    "the receivable of payer {} is not what his invoices leave to pay": """
        SELECT payer.id FROM ledger_payer payer
        LEFT JOIN (
            SELECT share.payer_id, sum(share.amount - share.paid) AS left_to_pay
            FROM billing_share share JOIN billing_invoice invoice ON invoice.id = share.invoice_id
            WHERE invoice.status IN ('issued', 'partly_paid', 'paid') GROUP BY share.payer_id
        ) AS owed ON owed.payer_id = payer.id
        LEFT JOIN ledger_account account ON account.payer_id = payer.id AND account.kind = 'receivable'
        LEFT JOIN ledger_balance balance ON balance.account_id = account.id
        WHERE coalesce(owed.left_to_pay, 0) <> coalesce(balance.amount, 0)""",
    "limit {} is not the sum of its movements": """
        SELECT spent.id FROM billing_limit spent LEFT JOIN billing_limitmove move ON move.limit_id = spent.id
        GROUP BY spent.id HAVING spent.granted <> coalesce(sum(move.granted), 0)
            OR spent.used <> coalesce(sum(move.used), 0) OR spent.reserved <> coalesce(sum(move.reserved), 0)""",
    # A merge of cards moves a deposit by an entry of its own and rewrites no payment.
    "the deposit of payer {} is not what was put in and not spent": """
        WITH moved AS (
            SELECT payment.payer_id, part.amount * CASE WHEN part.share_id IS NULL THEN 1 ELSE -1 END AS amount
            FROM billing_paymentpart part JOIN billing_payment payment ON payment.id = part.payment_id
            WHERE part.share_id IS NULL OR part.method = 'deposit'
            UNION ALL
            SELECT account.payer_id, posting.credit - posting.debit
            FROM ledger_posting posting JOIN ledger_account account ON account.id = posting.account_id
            WHERE posting.document_kind = 'merge' AND account.kind = 'deposit'
        ), sums AS (SELECT payer_id, sum(amount) AS amount FROM moved GROUP BY payer_id)
        SELECT payer.id FROM ledger_payer payer LEFT JOIN sums ON sums.payer_id = payer.id
        LEFT JOIN ledger_account account ON account.payer_id = payer.id AND account.kind = 'deposit'
        LEFT JOIN ledger_balance balance ON balance.account_id = account.id
        WHERE payer.kind = 'patient' AND coalesce(sums.amount, 0) <> coalesce(balance.amount, 0)""",
}


def billing_problems() -> list[str]:
    """Sentences that name what disagrees, at most twenty of each sort."""
    found: list[str] = []
    with connection.cursor() as cursor:
        for sentence, question in QUESTIONS.items():
            cursor.execute(f"{question} LIMIT 20")
            found += [sentence.format(pk) for (pk,) in cursor.fetchall()]
    return found
