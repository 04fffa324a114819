module gossamer.io/interop/http

go 1.19
