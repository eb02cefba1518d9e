## problem
