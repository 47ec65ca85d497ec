"""One partial differential equation per module: fields, boundary, solver call, residual."""
