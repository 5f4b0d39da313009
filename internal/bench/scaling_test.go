package main

import (
	"fmt"
	"testing"
)

// TestConvScaleOperations holds the count of a step's products against one by hand.
func TestConvScaleOperations(t *testing.T) {
	s := convScale{image: 16, channels: 8, extra: 1, batch: 2}
	step, err := s.step()
	if err != nil {
		t.Fatal(err)
	}
	first := 8 * 8 * 8 * 3 * 4 * 4 // to 8x8x8
	convolutions := first + 8*8*4*4*(4*4+2*2+1) + 4*4*8*8*3*3
	dense := 8*256 + 256*256
	forward := 2*(convolutions+dense) + 256*2*10 + 10*256 // the decoder mirrors the encoder; mu and logvar
	if want := float64(2 * s.batch * (3*forward - first)); step.operations != want {
		t.Errorf("a step multiplies and adds %.0f times, %.0f by hand", step.operations, want)
	}
	if _, err := step.run(1); err != nil {
		t.Error(err)
	}
}

// BenchmarkConvScale measures training steps at the ends of what scalingConv goes through.
func BenchmarkConvScale(b *testing.B) {
	for _, s := range []convScale{
		convBase, {64, 32, 0, 1}, {64, 32, 0, 256}, {16, 32, 0, 64}, {128, 32, 0, 64}, {64, 8, 0, 64}, {64, 16, 0, 64}, {64, 128, 0, 64}, {64, 32, 8, 64},
	} {
		b.Run(fmt.Sprintf("image=%d,channels=%d,extra=%d,batch=%d", s.image, s.channels, s.extra, s.batch), func(b *testing.B) {
			step, err := s.step()
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := step.run(1); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(step.operations*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
