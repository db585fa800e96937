"""Rule tests: small worlds in YAML, played through the real stages and compared with what their author expects."""
