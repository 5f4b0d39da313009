package imagefile

import "runtime"

const (
	// bigPixels is where decoding becomes heavy: most images take up to 16 bytes a
	// pixel while they are decoded and resized, a progressive JPEG in CMYK 25.
	bigPixels = 8 << 20
	// bigFile is where the bytes of a file do.
	bigFile = 32 << 20
)

// turn is the right to hold a big file or image, of which there is one for all
// goroutines. It is taken once and ended once.
type turn struct{ held bool }

var oneBig = make(chan struct{}, 1)

func (t *turn) take() {
	if !t.held {
		oneBig <- struct{}{}
		t.held = true
	}
}

// end lets the next image come when the memory of this one is free again.
func (t *turn) end() {
	if t.held {
		runtime.GC()
		<-oneBig
	}
}
