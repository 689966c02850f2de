"""Amazon Machine Learning (2014-12-12): one URL, and the operation in a header."""
