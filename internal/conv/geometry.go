// Package conv computes two-dimensional convolutions and their gradients. Maps lie pixel by
// pixel with their channels side by side, [B,H,W,C]; weights as PyTorch has them.
package conv

import "fmt"

// Geometry is that of a convolution of x [B,Height,Width,Channels] to
// y [B,OutHeight,OutWidth,Filters], in which each filter is a window of the input that
// moves by Stride. A transposed convolution is the Geometry of that whose input gradient
// it is: its input is y, its output x.
type Geometry struct {
	Height, Width, Channels   int
	Filters                   int
	KernelHeight, KernelWidth int
	Stride                    int
	Top, Bottom, Left, Right  int // zeros around the input
}

// most bounds each side of a geometry and the elements of an image's map and of the weights.
const most = 1<<31 - 1

// Check says in one line what is wrong with a geometry that cannot be computed.
func (g Geometry) Check() error {
	for _, size := range []int{g.Height, g.Width, g.Channels, g.Filters, g.KernelHeight, g.KernelWidth, g.Stride} {
		if size < 1 || size > most {
			return fmt.Errorf("convolution of %s: every size is from 1 to %d", g, most)
		}
	}
	for _, zeros := range []int{g.Top, g.Bottom, g.Left, g.Right} {
		if zeros < 0 || zeros > most {
			return fmt.Errorf("convolution of %s: padding %d-%d-%d-%d is not from 0 to %d", g, g.Top, g.Bottom, g.Left, g.Right, most)
		}
	}
	height, width := g.Height+g.Top+g.Bottom, g.Width+g.Left+g.Right
	if g.KernelHeight > height || g.KernelWidth > width {
		return fmt.Errorf("convolution of %s: the kernel is larger than the map, which is %dx%d with its padding", g, width, height)
	}
	if !fits(g.Height, g.Width, g.Channels) || !fits(g.OutHeight(), g.OutWidth(), g.Filters) || !fits(height, width) ||
		!fits(g.Filters, g.Channels, g.KernelHeight, g.KernelWidth) {
		return fmt.Errorf("convolution of %s: a map or the weights have more than %d elements", g, most)
	}
	return nil
}

// fits says whether a product of positive sizes is no more than most.
func fits(sizes ...int) bool {
	product := 1
	for _, n := range sizes {
		if product > most/n {
			return false
		}
		product *= n
	}
	return true
}

func (g Geometry) String() string {
	return fmt.Sprintf("%dx%dx%d to %d filters, kernel %dx%d, stride %d", g.Width, g.Height, g.Channels, g.Filters, g.KernelWidth, g.KernelHeight, g.Stride)
}

// OutHeight is the height of y.
func (g Geometry) OutHeight() int { return (g.Height+g.Top+g.Bottom-g.KernelHeight)/g.Stride + 1 }

// OutWidth is the width of y.
func (g Geometry) OutWidth() int { return (g.Width+g.Left+g.Right-g.KernelWidth)/g.Stride + 1 }

// Weights is the number of weights, [Filters,Channels,KernelHeight,KernelWidth].
func (g Geometry) Weights() int { return g.Filters * g.Channels * g.KernelHeight * g.KernelWidth }

// in and out are the elements of the map of one image.
func (g Geometry) in() int  { return g.Height * g.Width * g.Channels }
func (g Geometry) out() int { return g.OutHeight() * g.OutWidth() * g.Filters }

// taps are the positions of the kernel.
func (g Geometry) taps() int { return g.KernelHeight * g.KernelWidth }

// check panics where a caller inside this program passes slices that do not fit.
func (g Geometry) check(name string, ok bool, rows int) {
	if !ok {
		panic(fmt.Sprintf("conv: %s of %d maps, convolution of %s, with slices of other lengths", name, rows, g))
	}
}
