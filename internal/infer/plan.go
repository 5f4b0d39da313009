package infer

import "vae/internal/rng"

// Plan says what image i of a conditional model is drawn from: the number of its
// latents, and its label. It is asked for numbers beyond the last image that is
// used, too.
type Plan func(i uint64) (number uint64, label int)

// OfClass draws all images of one class.
func OfClass(label int) Plan {
	return func(i uint64) (uint64, int) { return i, label }
}

// EachClass draws n images of the first class, then n of the second, and so on. The
// latents of the images are the same in each class, and those that OfClass gives
// them: image j of a class is image j that OfClass draws of it.
func EachClass(n, classes int) Plan {
	return func(i uint64) (uint64, int) {
		return i % uint64(n), int(i / uint64(n) % uint64(classes))
	}
}

// Of makes a plan of places in a list of classes one of the classes.
func (p Plan) Of(classes []int) Plan {
	return func(i uint64) (uint64, int) {
		number, at := p(i)
		return number, classes[at]
	}
}

// AnyClass draws the label of each image, all being equally likely.
func AnyClass(seed uint64, classes int) Plan {
	return func(i uint64) (uint64, int) {
		return i, rng.Stream(seed, "sample a label", i).IntN(classes)
	}
}
