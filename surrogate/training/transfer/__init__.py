"""The weights of a run as those that another begins with: read, fitted to its grid and channels, and told of."""
