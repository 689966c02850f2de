"""The data sets that can be played: one file each, and the file's name is the data set's name."""
