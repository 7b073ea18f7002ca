"""What people see of scores: tables in the terminal."""
