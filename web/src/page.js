/** The page without avatars. */
import { openPage } from "./main.js";

openPage(null);
