module gossamer/third_party/buildifier

go 1.19

require github.com/bazelbuild/buildtools v0.0.0-20230510134650-37bd1811516d

require (
	github.com/golang/protobuf v1.4.3 // indirect
	google.golang.org/protobuf v1.25.0 // indirect
)
