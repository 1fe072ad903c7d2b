"""The command line: parses, films module by module, prints."""
