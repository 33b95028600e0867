// Draws the reference. ReDoc shows its maker's logo from another host, which is not asked for: it then shows none.
const own = (address) => (new URL(address, location).origin === location.origin ? address : "data:,");
const picture = HTMLImageElement.prototype;
const { get, set } = Object.getOwnPropertyDescriptor(picture, "src");
picture.setAttribute = function (name, value) {
  Element.prototype.setAttribute.call(this, name, name === "src" ? own(value) : value);
};
Object.defineProperty(picture, "src", { get, set(value) { set.call(this, own(value)); } });
const reference = document.querySelector("#reference");
Redoc.init(reference.dataset.schema, {}, reference);
