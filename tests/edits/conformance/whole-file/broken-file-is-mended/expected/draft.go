package draft

func f() {
}
