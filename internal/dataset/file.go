package dataset

import (
	"vae/internal/imagefile"
	"vae/internal/inputfile"
)

// What package inputfile says of files, in short.
var (
	openRegular = inputfile.Open
	notFile     = inputfile.NotFile
	fileError   = inputfile.Error
)

// DefaultMaxPixels is the most pixels that an image may claim where the
// caller sets no limit: 64 megapixels.
const DefaultMaxPixels = imagefile.DefaultMaxPixels

// orDefault is the limit that a caller has set, or the default.
func orDefault(maxPixels int) int {
	if maxPixels > 0 {
		return maxPixels
	}
	return DefaultMaxPixels
}
