"""Names of communes, and the same in encodings from before Unicode, as a program that does not know them reads their bytes."""

NAMES = ["Xã Mường Phăng", "Phường Điện Biên Phủ", "Xã Núa Ngam", "Xã Quảng Lâm"]
TCVN3 = ["X· M\xadêng Ph¨ng", "Ph\xadêng §iÖn Biªn Phñ", "X· Nóa Ngam", "X· Qu¶ng L©m"]
VNI = ["Xaõ Möôøng Phaêng", "Phöôøng Ñieän Bieân Phuû", "Xaõ Nuùa Ngam", "Xaõ Quaûng Laâm"]
