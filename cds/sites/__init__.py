"""Several sites: each one's own result, their mean, what to expect of a new one, and sites left out of the fit."""
