// A file that a page names by its hash.
