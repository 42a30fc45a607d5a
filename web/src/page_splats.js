/** The page with avatars, five times as large because of Spark. */
import { openPage } from "./main.js";
import { createAvatars } from "./splats.js";

openPage(createAvatars);
