"""Records and black boxes as no honest customer has them."""
