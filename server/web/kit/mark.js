// Owns: Vigie's mark: a lamp over the horizon. Next: ../icon.svg, the same drawing as a file.

/** The mark, as decoration beside the name. */
export function mark() {
  const image = document.createElement("img");
  image.className = "mark";
  image.src = "/assets/icon.svg";
  image.alt = "";
  image.width = 44;
  image.height = 44;
  return image;
}
