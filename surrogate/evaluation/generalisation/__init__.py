"""Problems beside that of the data, and the errors of a surrogate on them."""
