"""Many at once: 330 clerks answer while servers come and go."""
