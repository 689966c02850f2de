"""The attack classifiers, one file each; the file's name is the classifier's name."""
