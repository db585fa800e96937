"""The database: tables, migrations, statements. The only room, beside sources, that knows SQLAlchemy."""
