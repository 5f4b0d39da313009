package config

import (
	"errors"
	"testing"
)

func TestShape(t *testing.T) {
	tests := []struct {
		size     string
		channels int
		want     Shape
		str      string
		pixels   int
	}{
		{"", 0, Shape{}, "0x0x0", 0},
		{"", 3, Shape{Width: 0, Height: 0, Channels: 3}, "0x0x3", 0},
		{"28x28", 1, Shape{Width: 28, Height: 28, Channels: 1}, "28x28x1", 784},
		{"4096x3", 3, Shape{Width: 4096, Height: 3, Channels: 3}, "4096x3x3", 36864},
	}
	for _, tt := range tests {
		got, err := Data{ImageSize: tt.size, Channels: tt.channels}.Shape()
		if err != nil || got != tt.want || got.String() != tt.str || got.Pixels() != tt.pixels {
			t.Errorf("%q, %d: %v (%d pixels), %v, want %v (%d pixels)", tt.size, tt.channels, got, got.Pixels(), err, tt.want, tt.pixels)
		}
	}
	for _, bad := range []Data{{ImageSize: "3"}, {Channels: 2}} {
		var e *FieldError
		if got, err := bad.Shape(); !errors.As(err, &e) || got != (Shape{}) {
			t.Errorf("%+v: %v, %v, want a *FieldError", bad, got, err)
		}
	}
}

func TestParseImageSize(t *testing.T) {
	if w, h, err := ParseImageSize("32x24"); w != 32 || h != 24 || err != nil {
		t.Errorf("32x24 is %d, %d, %v", w, h, err)
	}
	want := `image size must be WIDTHxHEIGHT in pixels, each from 1 to 4096, such as 28x28, not "28*28"`
	if w, h, err := ParseImageSize("28*28"); w != 0 || h != 0 || err == nil || err.Error() != want {
		t.Errorf("28*28 is %d, %d, %v, want %s", w, h, err, want)
	}
}
