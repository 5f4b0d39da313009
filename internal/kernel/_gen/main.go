// The generator of the kernel package's amd64 assembly. It is a module of its
// own, so that avo is no dependency of the program. Run it with
// `go generate ./internal/kernel`.
package main

import (
	. "github.com/mmcloughlin/avo/build"
)

func main() {
	ConstraintExpr("amd64")
	for _, s := range []isa{avx512(), avx2()} {
		tiles(s)
		copyTile(s)
		transpose(s)
		copyRows(s)
		peak(s)
		bytes(s)
		binarize(s)
		notAbove(s)
		repulsion(s)
		attraction(s)
		powerForce(s)
		for _, k := range elementwiseKernels() {
			k.emit(s)
		}
	}
	for _, s := range []isa{avx512(), avx2()} {
		for _, k := range normalizations() {
			k.emit(s)
		}
	}
	for _, s := range []isa{avx512(), avx2()} {
		for _, k := range mixtureKernels() {
			k.emit(s)
		}
	}
	pause()
	prefetch()
	overlapAdd()
	Generate()
}
