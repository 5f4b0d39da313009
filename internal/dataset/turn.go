package dataset

const (
	// bigPixels is where decoding becomes heavy: an image of so many pixels takes
	// up to 8 bytes for each while it is decoded, a progressive JPEG 20.
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

func (t *turn) end() {
	if t.held {
		<-oneBig
	}
}
