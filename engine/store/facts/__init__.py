"""What is known of customers: people, dates, records, exchanges, circumstances, consent."""
