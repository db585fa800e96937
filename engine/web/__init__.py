"""The pages: what people see and do in a browser. No business logic lives here."""
