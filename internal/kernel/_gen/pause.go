package main

import . "github.com/mmcloughlin/avo/build"

// pause emits the hint that a loop does nothing but wait.
func pause() {
	TEXT("pause", 4, "func()")
	Doc("pause tells the processor that this is a waiting loop.")
	PAUSE()
	RET()
}
