"""The generated clinic: set-based SQL, the same rows for the same size whenever it is made."""
