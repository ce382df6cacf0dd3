// Package zxcvbn stands in for two modules of that name. `pulumi config set` asks them whether a value that is set as
// plain text is a secret. Each of them reads a dictionary of passwords whenever the CLI starts, which was half of its
// start. Without it words count as much as random letters, so rather too many values are taken for secrets.
package zxcvbn

import (
	"math"
	"strings"
)

// Strength of a text.
type Strength struct {
	// Entropy in bits, were each character chosen at random from those of the kinds that occur.
	Entropy float64
}

// PasswordStrength measures a text; the second parameter is the modules', and nil with both callers.
func PasswordStrength(text string, _ []string) Strength {
	possible := 0
	for _, kind := range []string{"abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"} {
		if strings.ContainsAny(text, kind) {
			possible += len(kind)
		}
	}
	isOther := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	}
	if strings.ContainsFunc(text, isOther) {
		possible += 33 // as many as ASCII has
	}
	return Strength{Entropy: float64(len(text)) * math.Log2(float64(max(possible, 1)))}
}
