package draft

func f( {
}
