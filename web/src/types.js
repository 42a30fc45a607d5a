/**
 * What the page is given, after `data.js` has turned every array reference into numbers.
 * World: right-handed, metres, Y up, floor y = 0. Cameras: x right, y down, z forward. Quaternions: w x y z.
 * T frames, V vertices, B bones, J joints, N coordinates, C contact points, P places of force, G splats.
 *
 * @typedef {Float32Array | Uint8Array | Uint16Array | Int16Array | Uint32Array | Int32Array} Numbers
 * @typedef {{data: Numbers, shape: number[]}} Field
 *
 * @typedef {object} Film
 * @property {string} [src] address of the video with overlay
 * @property {string} [image] address of a photo with overlay
 * @property {number} [width]
 * @property {number} [height]
 * @property {number} [start] seconds of the motion's time at the video's time 0
 *
 * @typedef {{height: number, corners: [number, number][]}} Surface metres; x and z of the corners, in order around
 *
 * @typedef {{K: number[][], width: number, height: number, T_camera_world: Field}} Camera
 *
 * @typedef {object} Coordinate
 * @property {string} name
 * @property {string} label
 * @property {string} group of charts: the joint in plain words
 * @property {string} [joint] its anatomical name
 * @property {"l" | "r" | "c"} side
 * @property {string} unit
 * @property {number | null} lower
 * @property {number | null} upper
 * @property {string} [definition]
 * @property {string} [positive] what a positive value means
 *
 * @typedef {object} Splats
 * @property {Field} position (G, 3) at rest
 * @property {Field} quaternion (G, 4)
 * @property {Field} scale (G, 3) metres, one standard deviation
 * @property {Field} opacity (G,) 0 to 255
 * @property {Field} color (G, 3) 0 to 255
 * @property {Field} bone_index (G, 4)
 * @property {Field} bone_weight (G, 4)
 *
 * @typedef {"good" | "care" | "bad" | "info"} Level
 * @typedef {{level: Level, text: string}} Remark
 *
 * @typedef {object} Person
 * @property {number} id
 * @property {string} name
 * @property {string} color
 * @property {Field | null} present (T,) 1 where the person is in the clip; null: always
 * @property {Field} vertices (V, 3) at rest
 * @property {Field} bone_index (V, 4)
 * @property {Field} bone_weight (V, 4)
 * @property {Field} bone_rest_quaternion (B, 4)
 * @property {Field} bone_rest_position (B, 3)
 * @property {Field} bone_quaternion (T, B, 4)
 * @property {Field} bone_position (T, B, 3)
 * @property {Field} joint_position (T, J, 3)
 * @property {Field | null} joint_sigma (T, J) metres
 * @property {Field} values (T, N) degrees or metres
 * @property {Field | null} value_sigma (T, N)
 * @property {Field | null} valid (T,)
 * @property {Field | null} explained (T,)
 * @property {string[]} contact_names
 * @property {Field | null} contact (T, C) probability of touching
 * @property {Field | null} contact_at (T, C, 3)
 * @property {string[] | null} force_names P of them
 * @property {Field | null} force (T, P, 3) newtons on the body
 * @property {Field | null} force_at (T, P, 3) centres of pressure
 * @property {number | null} weight newtons
 * @property {{left: Field, right: Field} | null} foot_force (T,) each, vertical, in body weights
 * @property {Splats | null} splats
 * @property {{grade: Level, lines: Remark[]} | null} verdict
 * @property {[string, string][]} facts
 * @property {{header: string[], rows: string[][]} | null} certificate
 *
 * @typedef {object} Report
 * @property {string} title
 * @property {string} [label]
 * @property {string} [created]
 * @property {string} [version]
 * @property {Remark[]} [notes] about the whole clip
 * @property {Field} time (T,) seconds
 * @property {number | null} frame_rate
 * @property {Film | null} video
 * @property {Camera | null} camera
 * @property {Surface[]} surfaces that carry somebody above the floor
 * @property {{faces: Field, bones: string[], parents: number[]}} body
 * @property {string[]} joints
 * @property {[number, number, "l" | "r" | "c"][]} limbs
 * @property {Coordinate[]} coordinates
 * @property {Person[]} people
 * @property {{label: string, path: string}[]} downloads
 */
export {};
