// Package network is the grammar in which networks are written as lists of layers, and what can be known of a list from
// the shape of its input alone: the shape after each layer, parameters, operations, the decoder that mirrors an encoder.
//
// A list is layers with commas between, such as
//
//	conv:32:4:2:1, relu, conv:64:4:2:1, relu, dense:256, relu
//
// where N*LAYER and N*[LAYER,...] stand for N of the same, and residual[LAYER,...] adds what its layers make of their
// input to that input, or residual[LAYER,...|LAYER,...] to what other layers make of it. docs/networks.md has them all.
package network

import "fmt"

// Shape is the shape of one image or map, stored row by row with the channels of a pixel side by side.
type Shape struct {
	Width, Height, Channels int
}

// Pixels is D, the number of values in one image: width x height x channels.
func (s Shape) Pixels() int { return s.Width * s.Height * s.Channels }

// String is "28x28x1": width, height, channels.
func (s Shape) String() string { return fmt.Sprintf("%dx%dx%d", s.Width, s.Height, s.Channels) }

// size is "28x28".
func (s Shape) size() string { return fmt.Sprintf("%dx%d", s.Width, s.Height) }

// Features is the shape of n plain numbers.
func Features(n int) Shape { return Shape{Width: n, Height: 1, Channels: 1} }

// What a list may be at most, so that it is refused before anything of its size is made.
const (
	MaxText       = 1 << 17 // bytes
	MaxLayers     = 2000    // with those within others, and repetitions one by one
	MaxDepth      = 8       // of brackets within brackets
	MaxUnits      = MaxMap  // of a layer: units, filters, groups
	MaxSide       = 1 << 16 // of a map, and of kernels, strides and paddings
	MaxMap        = 1 << 28 // numbers in a map of one image
	MaxParameters = 1 << 28 // of one layer
)
