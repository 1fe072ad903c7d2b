"""The processes that film scene modules: started, watched, ended."""
