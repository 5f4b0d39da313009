package embed

// A Hilbert curve visits the cells of a square one after the other, each beside the one
// before; rows that follow each other in its order are near each other. hilbertBits of
// each coordinate are looked at.
const hilbertBits = 16

// Within a cell the curve has one of four orientations. quadrant is when, as 0 to 3, it
// comes to the quadrant 2 (right half) + (upper half), and turned how it runs there.
var (
	quadrant = [4][4]uint32{{0, 1, 3, 2}, {0, 3, 1, 2}, {2, 1, 3, 0}, {2, 3, 1, 0}}
	turned   = [4][4]uint8{{1, 0, 2, 0}, {0, 3, 1, 1}, {2, 2, 0, 3}, {3, 1, 3, 2}}
)

// hilbertStep is what four bits of each coordinate add to a key, and the orientation after
// them, by 256 times the orientation before them plus 16 x plus y.
var hilbertStep = func() (steps [1024]struct {
	key    uint8
	turned uint8
}) {
	for at := range steps {
		state, key := uint8(at>>8), uint32(0)
		for bit := 3; bit >= 0; bit-- {
			q := at>>(4+bit)&1<<1 | at>>bit&1
			key = key<<2 | quadrant[state][q]
			state = turned[state][q]
		}
		steps[at].key, steps[at].turned = uint8(key), state
	}
	return steps
}()

// hilbert is the place of a cell on the curve.
func hilbert(x, y uint32) uint32 {
	key, state := uint32(0), 0
	for shift := hilbertBits - 4; shift >= 0; shift -= 4 {
		step := hilbertStep[state<<8|int(x>>shift&15)<<4|int(y>>shift&15)]
		key, state = key<<8|uint32(step.key), int(step.turned)
	}
	return key
}
