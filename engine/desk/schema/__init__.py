"""JSON Schema of rule files, made from the loader's own tables: completion and hover texts in an editor."""
