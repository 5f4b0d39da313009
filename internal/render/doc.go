// Package render turns []float32 into what a user keeps or looks at: PNG grids and single
// PNGs, a preview in block characters, CSV tables and NPY arrays, each on an io.Writer.
//
// An image is Height*Width*Channels values in [0, 1]: rows from top to bottom, pixels from left
// to right, channels interleaved (grey, or red, green, blue). Everything streams: memory does
// not grow with the number of images or rows, except that a PNG grid holds one row of cells.
package render
