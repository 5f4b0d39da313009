package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// peak emits a loop of independent multiply-adds, the measure of what the
// processor can do at best.
func peak(s isa) {
	const chains = 12
	name := "peak" + s.name
	TEXT(name, 4, "func(rounds int)")
	Doc(name + " does rounds times 12 independent multiply-adds of vectors and nothing else.")
	Load(Param("rounds"), reg.RCX)
	for i := range chains + 2 {
		s.zero(s.registers[i])
	}
	Label("round")
	for i := range chains {
		VFMADD231PS(s.registers[chains], s.registers[chains+1], s.registers[i])
	}
	DECQ(reg.RCX)
	JNE(LabelRef("round"))
	VZEROUPPER()
	RET()
}
