//go:build tools

// Package tools names the programs to build, so that go.sum covers what they need.
package tools

import _ "github.com/bazelbuild/buildtools/buildifier"
