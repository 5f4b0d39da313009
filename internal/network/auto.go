package network

// What Auto makes.
const (
	autoSmallest = 8   // side of a map that is halved
	autoFirst    = 32  // filters of the first layer
	autoMost     = 256 // filters and units
)

// Auto is an encoder for images of any size: convolutions that halve the map, each with twice the filters of the one
// before up to a limit, until its smaller side is 4 to 7, and a dense layer.
func Auto(image Shape, activation string) List {
	act := Layer{Kind: Activation, Name: activation}
	var list List
	filters := autoFirst
	for side := min(image.Width, image.Height); side >= autoSmallest; side /= 2 {
		list = append(list, Layer{Kind: Conv, Units: filters, Window: Window{Kernel: 4, Stride: 2, Padding: even(1)}}, act)
		filters = min(2*filters, autoMost)
	}
	return append(list, Layer{Kind: Dense, Units: autoMost}, act)
}
